/** Problems of a single field or parameter (`validation_failed`). */
import { Problem } from './problems.ts';

export function fieldProblem(pointer: string, code: string, message: string): Problem {
  return new Problem({ code: 'validation_failed', errors: [{ pointer, code, message }] });
}

export function parameterProblem(parameter: string, code: string, message: string): Problem {
  return new Problem({ code: 'validation_failed', errors: [{ parameter, code, message }] });
}

export function requiredParameter(name: string): Problem {
  return parameterProblem(name, 'required', 'is required');
}

export function required(pointer: string): Problem {
  return fieldProblem(pointer, 'required', 'is required');
}

export function notYours(pointer: string): Problem {
  return fieldProblem(pointer, 'not_permitted', 'is for the clinic to set');
}
