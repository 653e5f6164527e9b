/** Run under Deno: prints what its verification of access tokens gets wrong. */
import { accessTokenFaults } from '../contract/access-tokens.contract.ts';

console.log(JSON.stringify(await accessTokenFaults()));
