/** `node tools/databases/replica-set.ts URL`: makes a lone MongoDB that was started with --replSet the primary of its set, once. */
import { initiateReplicaSet } from './mongodb.ts'

await initiateReplicaSet(process.argv[2] ?? '')
