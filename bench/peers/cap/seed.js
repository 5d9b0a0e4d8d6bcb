// Creates the tables anew and fills them: `node seed.js ROWS FILE` writes the ids to FILE, one a line.
const { writeFileSync } = require('node:fs')
const cds = require('@sap/cds')

const BATCH = 2000

/** What bench/src/seed.rs files under this number, as it is stored. */
function row(number, created) {
  return {
    id: cds.utils.uuid(),
    actionReason: 'seen in an alert; '.repeat(20),
    createdDateTime: created,
    lastActionDateTime: created,
    name: 'BlockIp',
    parameters: [
      { name: 'IP', value: `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}` },
      { name: 'comment', value: `seed ${number}` },
    ],
    states: [],
    vendorInformation: {
      provider: 'Windows Defender ATP',
      providerVersion: '4.18',
      subProvider: null,
      vendor: 'Microsoft',
    },
  }
}

async function main(count, file) {
  await cds.plugins
  const db = await cds.deploy('*', { silent: true }).to('db')
  const { SecurityActions } = cds.entities('interdict')
  // A millisecond apart and none in the future, so that there is one order of newest first.
  const start = Date.now() - count
  const rows = Array.from({ length: count }, (_, number) => row(number, new Date(start + number).toISOString()))
  for (let done = 0; done < count; done += BATCH) {
    await INSERT.into(SecurityActions).entries(rows.slice(done, done + BATCH))
  }
  // CAP makes no index of its own, and without one a list page would sort the whole table. PostgreSQL takes one
  // only where it places nulls as CAP's ORDER BY does; SQLite has no such words in an index, and needs none.
  const order = db.kind === 'postgres' ? 'createdDateTime DESC NULLS LAST, id NULLS FIRST' : 'createdDateTime DESC, id'
  await db.run(`CREATE INDEX newest ON interdict_SecurityActions (${order})`)
  await db.run('ANALYZE')
  await db.disconnect()
  writeFileSync(file, rows.map(({ id }) => `${id}\n`).join(''))
}

main(Number(process.argv[2]), process.argv[3]).catch((error) => {
  console.error(error)
  process.exit(1)
})
