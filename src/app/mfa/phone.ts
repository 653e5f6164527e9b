/** Enrolling a phone that can be used instead of the authenticator app (R14). */
import type { Change, Decision } from '../../../domain/changes.ts';
import { requireStepUp, type StepUpRequired } from '../../../domain/identity/step-up.ts';
import type { UserNotFound } from '../../../domain/identity/user.ts';
import type { MfaNotEnabled } from '../../../domain/mfa/enrolment.ts';
import { type MfaPhoneMissing, startPhone, verifyPhone } from '../../../domain/mfa/phone.ts';
import type { SecondFactorError } from '../../../domain/mfa/second-factor.ts';
import { SMS_RANDOM_BYTES, type SmsThrottled } from '../../../domain/mfa/sms-code.ts';
import type { UserActor } from '../../../domain/shared/actor.ts';
import { decided } from '../../../domain/shared/changes.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { type Contended, execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { withMessage } from './answer.ts';
import { codeAttempts } from './code-attempts.ts';
import { consequences } from './enrolment.ts';
import { mfaNotice } from './notices.ts';

type PhoneRefusal = UserNotFound | StepUpRequired | MfaNotEnabled | SmsThrottled;

export function offerPhone(deps: Deps, context: Context, actor: UserActor, phoneNumber: string) {
  const person = { by: 'id', userId: actor.userId } as const;
  const random = deps.random.bytes(SMS_RANDOM_BYTES);
  return execute(deps, context, {
    loads: [deps.loads.mfa.state(person), deps.loads.mfa.phone(person)],
    decide: (state, phone): Result<Decision<Change, void>, PhoneRefusal> => {
      if (state === undefined || phone === undefined) return refuse({ code: 'not_found' });
      const stepped = requireStepUp(actor, context.now);
      if (!stepped.ok) return stepped;
      const sent = startPhone(state, phone, phoneNumber, random, context.now);
      return sent.ok ? ok(withMessage(sent.value, actor.userId, actor.dataKey)) : sent;
    },
  });
}

export async function provePhone(
  deps: Deps,
  context: Context,
  actor: UserActor,
  code: string,
): Promise<Result<void, SecondFactorError | UserNotFound | Contended>> {
  const person = { by: 'id', userId: actor.userId } as const;
  const result = await execute(deps, context, {
    loads: [deps.loads.mfa.state(person), deps.loads.mfa.phone(person)],
    ...codeAttempts(() => actor.userId),
    decide: (state, phone): Result<Decision<Change, SecondFactorError | null>, SecondFactorError | UserNotFound> => {
      if (state === undefined || phone === undefined) return refuse({ code: 'not_found' });
      const proof = verifyPhone(state, phone, code, context.now);
      const { changes, audit } = proof;
      if (proof.kind === 'refused') {
        return changes.length === 0 ? refuse(proof.error) : ok(decided({ value: proof.error, changes, audit }));
      }
      const messages = [mfaNotice(actor, 'phone_added')];
      return ok(
        decided({
          value: null,
          changes: [...changes, ...consequences(changes, actor, state, 'sms', context.now)],
          audit,
          messages,
        }),
      );
    },
  });
  if (!result.ok) return result;
  return result.value === null ? ok(undefined) : refuse(result.value);
}

export function removePhone(deps: Deps, context: Context, actor: UserActor) {
  const person = { by: 'id', userId: actor.userId } as const;
  return execute(deps, context, {
    loads: [deps.loads.mfa.state(person), deps.loads.mfa.phone(person)],
    decide: (state, phone): Result<Decision<Change, void>, StepUpRequired | MfaPhoneMissing> => {
      const stepped = requireStepUp(actor, context.now);
      if (!stepped.ok) return stepped;
      if (state === undefined || phone === undefined || phone.phone === null) {
        return refuse({ code: 'mfa_phone_missing' });
      }
      const changes: Change[] = [{ type: 'mfa_phone.removed', userId: actor.userId }];
      return ok(
        decided({
          value: undefined,
          changes: [...changes, ...consequences(changes, actor, state, null, context.now)],
          audit: [{ type: 'mfa.phone_removed', stream: actor.userId, outcome: 'success' }],
          messages: [mfaNotice(actor, 'phone_removed')],
        }),
      );
    },
  });
}
