/** The application's client for a daemon: `database.client_module` of dbal.yaml names this file. Knows nothing of DBAL. */
import { openClient } from './database.ts'

export default openClient(process.env['APP_DATABASE'] ?? './app.db')
