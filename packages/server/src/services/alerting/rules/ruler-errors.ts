import { ApiError } from '../../../web/errors.ts';
import { InvalidRule } from './alert-rule.ts';
import { invalidRuleText, Step } from './rule-service.ts';

/** Turns what a write was refused for into the API's answer. */
export function rulerError(error: unknown, prefix = 'failed to update rule group'): unknown {
  if (error instanceof Step) return new ApiError(400, `${prefix}: ${error.message}`);
  if (error instanceof InvalidRule) return new ApiError(400, `${prefix}: ${invalidRuleText(error)}`);
  return error;
}
