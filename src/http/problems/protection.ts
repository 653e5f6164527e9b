/** Problems of the protection against abuse. */
import type { ProtectionErrorCode } from '../../../domain/protection/errors.ts';
import { pathTo } from '../links.ts';
import { kind, type ProblemKind } from './kind.ts';

export const PROTECTION_PROBLEMS = {
  ip_block_not_found: kind(
    404,
    'There is no such block',
    `It may have ended, or was lifted. See ${pathTo('listIpBlocks')}.`,
    'No block with this id, or of this address, is in force.',
  ),
  address_already_blocked: kind(
    409,
    'The address is blocked already',
    'Lift the block first to make another one. until says when it ends.',
    'A block of the same address is in force.',
  ),
  security_finding_not_found: kind(
    404,
    'There is no such finding',
    `It may have been deleted when its time was over. See ${pathTo('listSecurityFindings')}.`,
    'No finding of the detection has this id.',
  ),
  security_finding_closed: kind(
    409,
    'The finding is closed already',
    'Read it again: somebody else has closed it, and at says when.',
    'The finding was closed before.',
  ),
  own_address: kind(
    422,
    'This is your own address',
    'Name another address: you could not lift the block from here.',
    'The request comes from the address that it is to block.',
  ),
  address_trusted: kind(
    422,
    'The address is trusted',
    `Remove it from the trusted networks first: see ${pathTo('getTrustedAddresses')}.`,
    'The address is in a network that the clinic or the operator trusts.',
  ),
  block_end_invalid: kind(
    422,
    'The end of the block is not possible',
    'Name an end in the future, at most 366 days from now.',
    'The end is in the past, or too far in the future.',
  ),
} satisfies Readonly<Record<ProtectionErrorCode, ProblemKind>>;
