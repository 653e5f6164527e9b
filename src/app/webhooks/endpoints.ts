/** Administrators manage the endpoints that are told of changes. */
import type { Change, Decision } from '../../../domain/changes.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import type { ExpectedVersion, StaleVersion } from '../../../domain/shared/version.ts';
import { staleness } from '../../../domain/shared/version.ts';
import type { WebhookDeliveryId } from '../../../domain/webhooks/delivery.ts';
import { sendTest } from '../../../domain/webhooks/delivery.ts';
import {
  type AddressRefused,
  changeEndpoint,
  createEndpoint,
  deleteEndpoint,
  type EndpointSettings,
  type NewSecret,
  rotateSecret,
  type TooManyWebhooks,
  type WebhookDisabled,
  type WebhookEndpoint,
  type WebhookEndpointId,
  type WebhookNotFound,
} from '../../../domain/webhooks/endpoint.ts';
import { newWebhookSecret, WEBHOOK_SECRET_BYTES } from '../../../domain/webhooks/signature.ts';
import { type Contended, execute, executeOnce, type KeyReused, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';

type Decided<T, E> = Result<Decision<Change, T>, E>;

/** The address as it is stored and called, or why it is not. */
async function soundAddress(deps: Deps, url: string): Promise<Result<string, AddressRefused>> {
  const fault = await deps.webhooks.faultOf(url);
  return fault === undefined ? ok(new URL(url).href) : refuse({ code: 'webhook_address_refused', fault });
}

/** A repeated request makes no second endpoint, and is answered without the secret. */
export async function addEndpoint(
  deps: Deps,
  context: Context,
  settings: EndpointSettings,
  represent: (made: NewSecret) => Representation,
): Promise<Result<Representation, AddressRefused | TooManyWebhooks | Contended | KeyReused>> {
  const address = await soundAddress(deps, settings.url);
  if (!address.ok) return address;
  const id = newId<'webhook_endpoint'>(deps, context.now);
  const secret = newWebhookSecret(deps.random.bytes(WEBHOOK_SECRET_BYTES));
  const made = { id, secret, dataKey: deps.cipher.newKey(id) };
  return executeOnce(
    deps,
    context,
    {
      loads: [deps.loads.webhooks.endpoints()],
      decide: (endpoints): Decided<NewSecret, TooManyWebhooks> =>
        createEndpoint(withoutRepetition({ ...settings, url: address.value }), endpoints.length, made, context.now),
      answerOf: 'caller',
    },
    represent,
  );
}

function withoutRepetition<S extends EndpointSettings>(settings: S): S {
  return { ...settings, eventTypes: [...new Set(settings.eventTypes)] };
}

export async function updateEndpoint(
  deps: Deps,
  context: Context,
  id: WebhookEndpointId,
  settings: EndpointSettings & { readonly enabled: boolean },
  expected: ExpectedVersion,
): Promise<Result<WebhookEndpoint, AddressRefused | WebhookNotFound | StaleVersion | Contended>> {
  const address = await soundAddress(deps, settings.url);
  if (!address.ok) return address;
  return execute(deps, context, {
    loads: [deps.loads.webhooks.endpoint(id)],
    decide: (endpoint): Decided<WebhookEndpoint, WebhookNotFound | StaleVersion> =>
      endpoint === undefined
        ? refuse({ code: 'webhook_not_found' })
        : changeEndpoint(endpoint, withoutRepetition({ ...settings, url: address.value }), expected, context.now),
  });
}

/** With its deliveries: what waits is not sent any more. */
export function removeEndpoint(deps: Deps, context: Context, id: WebhookEndpointId, expected: ExpectedVersion) {
  return execute(deps, context, {
    loads: [deps.loads.webhooks.endpoint(id)],
    decide: (endpoint): Decided<void, WebhookNotFound | StaleVersion> => {
      if (endpoint === undefined) return refuse({ code: 'webhook_not_found' });
      const stale = staleness(endpoint, expected);
      return stale === undefined ? ok(deleteEndpoint(endpoint)) : refuse(stale);
    },
  });
}

/** A repeated request is answered without the secret: the secret of the first answer is the current one. */
export function replaceSecret(
  deps: Deps,
  context: Context,
  id: WebhookEndpointId,
  represent: (made: NewSecret) => Representation,
) {
  const secret = newWebhookSecret(deps.random.bytes(WEBHOOK_SECRET_BYTES));
  return executeOnce(
    deps,
    context,
    {
      loads: [deps.loads.webhooks.signingEndpoint(id)],
      decide: (endpoint): Decided<NewSecret, WebhookNotFound> =>
        endpoint === undefined
          ? refuse({ code: 'webhook_not_found' })
          : ok(rotateSecret(endpoint, secret, context.now)),
      answerOf: 'caller',
    },
    represent,
  );
}

/** The event is delivered as any other: its delivery says what came of it. */
export function testEndpoint(
  deps: Deps,
  context: Context,
  id: WebhookEndpointId,
  represent: (deliveryId: WebhookDeliveryId) => Representation,
) {
  const made = {
    eventId: newId<'webhook_event'>(deps, context.now),
    deliveryId: newId<'webhook_delivery'>(deps, context.now),
  };
  return executeOnce(
    deps,
    context,
    {
      loads: [deps.loads.webhooks.endpoint(id)],
      decide: (endpoint): Decided<WebhookDeliveryId, WebhookNotFound | WebhookDisabled> =>
        endpoint === undefined ? refuse({ code: 'webhook_not_found' }) : sendTest(endpoint, made, context.now),
      answerOf: 'caller',
    },
    represent,
  );
}
