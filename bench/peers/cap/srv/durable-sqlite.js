// CAP's SQLite service, with every commit synced to the disk. better-sqlite3 is built to sync a WAL only at
// checkpoints, which would lose the last commits in a power cut; Interdict does not.
const SQLiteService = require('@cap-js/sqlite')

module.exports = class extends SQLiteService {
  get factory() {
    const plain = super.factory
    return {
      ...plain,
      async create(tenant) {
        const connection = await plain.create(tenant)
        connection.pragma('synchronous = FULL')
        return connection
      },
    }
  }
}
