/** Sharing files with persons. */
import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import type { SharedFile, SharePage, ShownShare } from '../../../../domain/files/loads.ts';
import { MAXIMUM_PASSCODE, MINIMUM_PASSCODE } from '../../../../domain/files/public-link.ts';
import { type FileShare, isLive, mayEnd } from '../../../../domain/files/share.ts';
import type { KnownActor } from '../../../../domain/shared/actor.ts';
import { formatInstant, type Instant } from '../../../../domain/shared/time.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { type MadePublicLink, sharePublicly } from '../../../app/files/public-links.ts';
import { endShare, listSharedWith, listShares, share } from '../../../app/files/shares.ts';
import { knownActor } from '../../actor.ts';
import { answer } from '../../answer.ts';
import type { AppEnv } from '../../env.ts';
import { earlier } from '../../example.ts';
import { type Link, linkTo, pathTo } from '../../links.ts';
import { decodeCursor, idInCursor, paged } from '../../page.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { idSchema, instant, line, links, pageOf, pageQuery, targetId } from '../../schemas.ts';
import { shownFullName, shownId, shownInstant, shownUrl } from '../../shown.ts';
import { detailsOf, fileParams, fileSchema, presentFile } from './schemas.ts';

const SHARING = ['manage:own_files', 'manage:patient_files'] as const;
const person = z.object({ id: shownId, name: shownFullName('Chidi Okafor').nullable() });

const shareSchema = z
  .object({
    id: shownId,
    fileId: shownId,
    origin: z.enum(['own', 'clinic']).openapi({
      description: '`own`: shared by the person, or by somebody who acts for the person. `clinic`: by the clinic',
    }),
    sharedBy: person,
    receiver: person.nullable().openapi({ description: 'Null: whoever has the link' }),
    hasPasscode: z.boolean(),
    url: shownUrl.nullable().openapi({
      description:
        'Of a link, in the answer that makes it, and never again: null if the request is repeated, and in lists',
    }),
    state: z.enum(['live', 'expired', 'revoked']),
    createdAt: shownInstant,
    expiresAt: shownInstant,
    revokedAt: shownInstant.nullable(),
    openedAt: shownInstant.nullable().openapi({ description: 'The last time that the receiver has opened the file' }),
    openings: z.int(),
    _links: links,
  })
  .openapi('FileShare');

type ShownFileShare = z.infer<typeof shareSchema>;

const instantOrNull = (at: Instant | null) => (at === null ? null : formatInstant(at));

function stateOf(given: FileShare, now: Instant): ShownFileShare['state'] {
  if (isLive(given, now)) return 'live';
  return given.revokedAt === null ? 'expired' : 'revoked';
}

function presentShare(actor: KnownActor, shown: ShownShare, now: Instant): ShownFileShare {
  const { share: given, sharedByName, receiverName } = shown;
  const { id, fileId } = given;
  const revoke: Record<string, Link> =
    given.revokedAt === null && mayEnd(actor, given)
      ? { revoke: linkTo('revokeFileShare', { id: fileId, shareId: id }) }
      : {};
  return {
    id,
    fileId,
    origin: given.origin,
    sharedBy: { id: given.sharedBy, name: sharedByName },
    receiver: given.receiverId === null ? null : { id: given.receiverId, name: receiverName },
    hasPasscode: given.hasPasscode,
    url: null,
    state: stateOf(given, now),
    createdAt: formatInstant(given.createdAt),
    expiresAt: formatInstant(given.expiresAt),
    revokedAt: instantOrNull(given.revokedAt),
    openedAt: instantOrNull(given.openedAt),
    openings: given.openings,
    _links: { file: linkTo('getFile', { id: fileId }), shares: linkTo('listFileShares', { id: fileId }), ...revoke },
  };
}

function urlOf(c: HonoContext<AppEnv>, { secret }: MadePublicLink): string {
  return `${c.get('deps').settings.publicUrl}${pathTo('getSharedPage', { secret })}`;
}

const shareBody = z
  .strictObject({
    userId: idSchema<'user'>('With whom').optional(),
    publicLink: z.literal(true).optional().openapi({ description: 'With whoever has the link, instead of a person' }),
    passcode: line(MAXIMUM_PASSCODE, MINIMUM_PASSCODE)
      .optional()
      .openapi({ description: 'Of a link: it is asked for before the file is opened', example: 'spring 2026' }),
    expiresAt: instant.optional().openapi({
      description:
        'When the share ends. Default: in 30 days, of a link in 7; 365 days from now at most, of a link 30, unless other times are set',
    }),
  })
  .refine(({ userId, publicLink }) => (userId === undefined) !== (publicLink === undefined), {
    error: 'expected userId or publicLink',
  })
  .refine(({ passcode, publicLink }) => passcode === undefined || publicLink === true, {
    path: ['passcode'],
    error: 'only a link has a passcode',
  });

const sharedFileSchema = z
  .object({
    id: shownId.openapi({ description: 'Of the share' }),
    sharedBy: person,
    sharedAt: shownInstant,
    expiresAt: shownInstant,
    openedAt: shownInstant.nullable(),
    file: fileSchema,
    _links: links,
  })
  .openapi('SharedFile');

function presentShared(actor: KnownActor, { share: given, file, sharedByName }: SharedFile) {
  return {
    id: given.id,
    sharedBy: { id: given.sharedBy, name: sharedByName },
    sharedAt: formatInstant(given.createdAt),
    expiresAt: formatInstant(given.expiresAt),
    openedAt: instantOrNull(given.openedAt),
    file: presentFile(actor, file, 'share'),
    _links: { file: linkTo('getFile', { id: file.id }) },
  };
}

function pageIn(cursor: string | undefined, limit: number): SharePage {
  const place = decodeCursor(cursor);
  return { after: place === undefined ? null : idInCursor<'file_share'>(place[0]), limit };
}

const shareParams = fileParams.extend({ shareId: targetId('file_share', 'The share') });

export const shareRoutes: Routes = [
  route(
    {
      operationId: 'shareFile',
      method: 'post',
      path: '/api/v1/files/{id}/share',
      summary: 'Share a file',
      tag: 'Opening and sharing files',
      access: SHARING,
      description:
        'Its receiver may read the file until the end, and nothing else. You share your files, and those of persons for whom you act, with a doctor of the clinic or with somebody who acts for the person; the clinic shares its documents with the person, who acts for them, and their doctors. Sharing again with the same person renews the share. The receiver is told. With `publicLink`, where the clinic allows it, the answer has a link that opens the file without a sign-in, with a passcode if you choose one; it is shown only this once. A request that is repeated with its Idempotency-Key makes no second link and is answered with the first one, without its address: if the answer was lost, revoke the link and make another.',
      example: {
        as: 'patient',
        path: { id: earlier('uploadFile') },
        body: { userId: DEMO.okafor },
        after: ['downloadFile'],
      },
      request: {
        params: fileParams,
        body: jsonBody(shareBody),
      },
      responses: { 201: json(shareSchema, 'The share, new or renewed') },
      refusals: [
        'file_not_found',
        'file_not_available',
        'file_damaged',
        'file_not_yours',
        'file_public_links_off',
        'file_share_receiver_unfit',
        'file_share_end_invalid',
        'too_many_file_shares',
        'processing_restricted',
      ],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const { userId, passcode = null, expiresAt = null } = c.req.valid('json');
      const [deps, context, actor] = [c.get('deps'), c.get('context'), knownActor(c)];
      const shown = (given: FileShare) =>
        presentShare(actor, { share: given, sharedByName: null, receiverName: null }, context.now);
      const made =
        userId === undefined
          ? await sharePublicly(deps, context, actor, id, { passcode, expiresAt }, (link) => ({
              status: 201,
              body: { ...shown(link.share), url: urlOf(c, link) },
              kept: shown(link.share),
            }))
          : await share(deps, context, actor, id, { receiverId: userId, expiresAt }, (given) => ({
              status: 201,
              body: shown(given),
            }));
      const represented = unwrap(made, (error) =>
        error.code === 'file_share_end_invalid'
          ? { members: { latest: formatInstant(error.latest) } }
          : detailsOf(error),
      );
      return c.json(answer<ShownFileShare>(c, represented), 201);
    },
  ),

  route(
    {
      operationId: 'listFileShares',
      method: 'get',
      path: '/api/v1/files/{id}/shares',
      summary: 'List the shares of a file',
      tag: 'Opening and sharing files',
      access: SHARING,
      description:
        'The newest first, those that have ended too, with when each was opened. The clinic sees those that it has made. The reading is recorded.',
      example: { as: 'patient', path: { id: earlier('uploadFile') }, after: ['shareFile'] },
      request: { params: fileParams, query: pageQuery },
      responses: { 200: json(pageOf(shareSchema), 'Shares') },
      refusals: ['file_not_found'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const query = c.req.valid('query');
      const [context, actor] = [c.get('context'), knownActor(c)];
      const found = unwrap(await listShares(c.get('deps'), context, actor, id, pageIn(query.cursor, query.limit)));
      const present = (shown: ShownShare) => presentShare(actor, shown, context.now);
      return c.json(
        paged(c, found, query.limit, present, ({ share: given }) => [given.id]),
        200,
      );
    },
  ),

  route(
    {
      operationId: 'revokeFileShare',
      method: 'delete',
      path: '/api/v1/files/{id}/shares/{shareId}',
      summary: 'End a share',
      tag: 'Opening and sharing files',
      access: SHARING,
      description:
        'At once: the next request of the receiver finds nothing, also one for a range or by a link that was made before. What was sent already cannot be taken back.',
      example: {
        as: 'patient',
        path: { id: earlier('uploadFile'), shareId: earlier('shareFile') },
        after: ['listFileShares'],
      },
      request: { params: shareParams },
      responses: { 204: { description: 'Ended' } },
      refusals: ['file_not_found', 'file_share_not_found'],
    },
    async (c) => {
      const { id, shareId } = c.req.valid('param');
      unwrap(await endShare(c.get('deps'), c.get('context'), knownActor(c), id, shareId));
      return c.body(null, 204);
    },
  ),
];

/** Before the routes with the id of a file: the router takes the first that matches. */
export const sharedRoutes: Routes = [
  route(
    {
      operationId: 'listSharedFiles',
      method: 'get',
      path: '/api/v1/files/shared-with-me',
      summary: 'List the files that others share with me',
      tag: 'Opening and sharing files',
      access: ['read:own_files', 'read:patient_records'],
      description: 'Those that can be opened now, the last that was shared first. The reading is recorded.',
      example: { as: 'patient' },
      request: { query: pageQuery },
      responses: { 200: json(pageOf(sharedFileSchema), 'Shared files') },
    },
    async (c) => {
      const query = c.req.valid('query');
      const actor = knownActor(c);
      const found = await listSharedWith(c.get('deps'), c.get('context'), actor, pageIn(query.cursor, query.limit));
      const present = (shown: SharedFile) => presentShared(actor, shown);
      return c.json(
        paged(c, found, query.limit, present, ({ share: given }) => [given.id]),
        200,
      );
    },
  ),
];
