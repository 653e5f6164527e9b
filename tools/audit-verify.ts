/**
 * The offline verifier: `npm run audit:verify -- export.ndjson --checkpoint file --keys file`. Reads an export
 * of the audit log, and checkpoints that were stored elsewhere; needs no database and no network.
 *
 * Exit code 0 if everything is proven, 1 if something is wrong (the first bad event is shown first), 2 if arguments are
 * missing or a file cannot be read.
 */
import { verifyCommand } from './audit/verify-command.ts';

process.exitCode = await verifyCommand(process.argv.slice(2), console.log);
