// Serves what seed.js has filled in, on loopback alone: `node serve.js PORT ROW`. The row is named in the ready
// line, so that whoever waits for it has an id to ask for.
const cds = require('@sap/cds')

async function main(port, row) {
  await cds.plugins
  const server = await cds.server({ service: 'all', from: '*', port: { host: '127.0.0.1', port } })
  server.once('listening', () => {
    console.log(`cap ready http://127.0.0.1:${server.address().port} ${row}`)
  })
}

main(process.argv[2], process.argv[3])
