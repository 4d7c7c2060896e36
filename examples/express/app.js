// A web application with Express that gets no user before it is ready, and loses none when it ends.
const express = require('express')

const [port, version] = process.argv.slice(2)
const LATE_MS = 20_000 // less than `stop_grace`: then connections are closed that have not ended
const app = express()
let isStopping = false

// Tells kept connections to end after this answer, so that clients come back to another replica.
app.use((request, response, next) => {
  if (isStopping) response.set('Connection', 'close')
  next()
})

// May it get requests? Ask here for what every request needs: a database, a cache.
app.get('/health/ready', (request, response) => {
  if (isStopping) return response.status(503).json({ status: 'not ready', failing: ['shutdown'] })
  response.json({ status: 'ready' })
})

// Does it work at all? Asks for nothing outside: a failure starts this process again.
app.get('/health/alive', (request, response) => response.json({ status: 'alive' }))

app.get('/', (request, response) => response.json({ version, greeting: process.env.GREETING }))

app.get('/slow', (request, response) => setTimeout(() => response.json({ version }), 2000))

const server = app.listen(Number(port), '127.0.0.1', (error) => {
  if (error) throw error
  console.log(`version ${version} listens on ${port}`)
})
// Longer than a proxy keeps idle connections, or a request may meet one that is just being closed.
server.keepAliveTimeout = 120_000

process.on('SIGTERM', () => {
  isStopping = true
  console.log('SIGTERM: no new connections, those under way are finished')
  server.close(() => process.exit(0))
  server.closeIdleConnections()
  setTimeout(() => {
    console.error('ERROR some requests did not end in time')
    process.exit(1)
  }, LATE_MS).unref()
})
