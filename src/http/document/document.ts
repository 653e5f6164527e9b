/** The OpenAPI document, generated from the declared operations. */
import { OpenAPIHono, type RouteConfig } from '@hono/zod-openapi';
import { isOpenToKeys, isSigned, permissionsIn } from '../access.ts';
import { requestOf } from '../links.ts';
import { answersWithFile } from '../middleware/proof.ts';
import { type Operation, TAGS } from '../operation.ts';
import { withExamples } from './examples.ts';
import { headersOf, headersOfStatus, PARAMETERS, RESPONSE_HEADERS } from './headers.ts';
import { problemResponses } from './problem-responses.ts';
import { declaredRefusals } from './refusals.ts';
import { shareRefusals } from './shared-responses.ts';
import { DESCRIPTION } from './text.ts';
import { API_VERSION } from './version.ts';

const OPENAPI_INFO = {
  openapi: '3.1.0',
  info: {
    title: 'Patient Portal',
    version: API_VERSION,
    summary: 'The API of a clinic’s patient portal',
    description: DESCRIPTION,
    license: { name: 'MIT', identifier: 'MIT' },
  },
} as const;

const SECURITY_SCHEMES = {
  bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The access token of /auth/login' },
  cookie: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-portal-access',
    description:
      'For browsers: set by a sign-in with `"transport": "cookie"`. A change requires the Origin of the portal.',
  },
  apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'A key of /api-keys, within its scopes' },
} as const;

/**
 * @param publicUrl where the portal is reached
 * @param now dates of examples count from here
 */
export function openApiDocument(operations: readonly Operation[], publicUrl: string, now: number) {
  const described = new OpenAPIHono();
  for (const [name, scheme] of Object.entries(SECURITY_SCHEMES)) {
    described.openAPIRegistry.registerComponent('securitySchemes', name, scheme);
  }
  for (const [name, parameter] of Object.entries(PARAMETERS)) {
    described.openAPIRegistry.registerComponent('parameters', name, parameter);
  }
  for (const [name, header] of Object.entries(RESPONSE_HEADERS)) {
    described.openAPIRegistry.registerComponent('headers', name, header);
  }
  for (const operation of inOrder(operations)) described.openAPIRegistry.registerPath(describe(operation));
  const document = described.getOpenAPI31Document({
    ...OPENAPI_INFO,
    servers: [{ url: publicUrl }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
  });
  return withExamples(shareRefusals(document), operations, publicUrl, now);
}

/** In the order of the groups; within a group in the order of declaration. */
function inOrder(operations: readonly Operation[]): readonly Operation[] {
  const order = Object.keys(TAGS);
  return operations.toSorted((a, b) => order.indexOf(a.tag) - order.indexOf(b.tag));
}

function describe(operation: Operation): RouteConfig {
  const { operationId, method, path, summary, tag, request, access, description, deprecation } = operation;
  const { parameters, ofAnswers, ofAll } = headersOf(operation);
  const answers = Object.entries(operation.responses).map(([status, response]) => [
    status,
    '$ref' in response ? response : { ...response, headers: headersOfStatus(operation, status) },
  ]);
  const unchanged = { description: 'The copy that If-None-Match names is current', headers: ofAnswers };
  return {
    operationId,
    method,
    path,
    summary,
    tags: [tag],
    ...(deprecation === undefined ? {} : { deprecated: true }),
    description: [description, deprecationNote(operation), accessNote(operation)].filter(Boolean).join('\n\n'),
    security: securityOf(access),
    ...(request === undefined ? {} : { request }),
    ...(parameters.length === 0 ? {} : { parameters }),
    responses: {
      ...problemResponses(declaredRefusals(operation), ofAll),
      ...Object.fromEntries(answers),
      ...(operation.versioned && method === 'get' ? { 304: unchanged } : {}),
    },
  };
}

function securityOf(access: Operation['access']): Record<string, string[]>[] {
  if (access === 'public' || isSigned(access)) return [];
  return [{ bearer: [] }, { cookie: [] }, ...(isOpenToKeys(access) ? [{ apiKey: [] }] : [])];
}

function deprecationNote({ deprecation }: Operation): string {
  if (deprecation === undefined) return '';
  return `Deprecated since ${deprecation.since}: call \`${requestOf(deprecation.successor)}\` instead.`;
}

function accessNote(operation: Operation): string {
  const { access, beforeEnrolment, withoutFactor, orToken } = operation;
  if (access === 'public') return '';
  if (isSigned(access)) return `Requires the signature of the ${access}.`;
  const names = permissionsIn(access).map((permission) => `\`${permission}\``);
  return [
    names.length === 0 ? 'Needs a session.' : `Requires the permission ${names.join(' or ')}.`,
    answersWithFile(operation) ? 'A session requires a recent proof of identity: see /auth/step-up.' : '',
    orToken === undefined ? '' : 'Open to the token of the portal’s settings as well.',
    beforeEnrolment ? 'Open before a required second factor is enrolled.' : '',
    withoutFactor ? 'Open to a session that has not passed its second factor.' : '',
  ]
    .filter(Boolean)
    .join(' ');
}
