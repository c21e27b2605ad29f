/** Builds the one outcome that answers a command. Pure. */
import type { Field, FieldOutcome, Outcome, ShownField } from '#contracts';
import type { CommandContext, Seen } from './context.ts';
import type { Verdict } from './verdict.ts';

/** What differs from outcome to outcome; everything else comes from the command. */
export interface OutcomeParts {
  result: Outcome['result'];
  code?: string;
  message?: string;
  scope?: string;
  retryAtMs?: number | null;
  targetId?: string;
  parentId?: string;
  created?: boolean;
  fields?: FieldOutcome[];
  shown?: ShownField[] | null;
  shownReadStartedAtMs?: number | null;
  sourceUpdatedAtMs?: number | null;
  carried?: ShownField[];
  mayComeLate?: boolean;
}

/** Longest message, characters. */
const MESSAGE_CHARACTERS = 500;

/** The outcome of the context's command. */
export function outcome(context: CommandContext, parts: OutcomeParts): Outcome {
  const { command, startedAtMs, ports, calls } = context;
  return {
    commandId: command.commandId,
    tenantId: command.tenantId,
    side: command.side,
    entity: command.entity,
    linkId: command.linkId,
    result: parts.result,
    code: parts.code ?? 'ok',
    message: (parts.message ?? '').slice(0, MESSAGE_CHARACTERS),
    scope: parts.scope ?? 'record',
    retryAtMs: parts.retryAtMs ?? null,
    targetId: parts.targetId ?? command.targetId,
    parentId: parts.parentId ?? command.parentId,
    created: parts.created ?? false,
    fields: parts.fields ?? [],
    shown: parts.shown ?? null,
    shownReadStartedAtMs: parts.shownReadStartedAtMs ?? null,
    sourceUpdatedAtMs: parts.sourceUpdatedAtMs ?? null,
    carried: parts.carried ?? [],
    mayComeLate: parts.mayComeLate ?? false,
    startedAtMs,
    finishedAtMs: ports.now(),
    calls,
  };
}

/** The part of an outcome that says what the record shows. */
export function shownBy<F extends Field>(
  target: { readonly fields: readonly F[] },
  seen: Seen<F>,
): Pick<OutcomeParts, 'shown' | 'shownReadStartedAtMs' | 'sourceUpdatedAtMs'> {
  return {
    shown: target.fields.map((field) => ({ field, value: seen.values[field] })),
    shownReadStartedAtMs: seen.readStartedAtMs,
    sourceUpdatedAtMs: seen.sourceUpdatedAtMs,
  };
}

/** The part of an outcome that a verdict gives. */
export function verdictParts(verdict: Verdict, message: string): OutcomeParts {
  return { ...verdict, message };
}

/** What an error says, for an outcome's message. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}

/** The entry for one field. */
export function fieldOutcome(field: string, result: string, code: string, before: string, sent: string): FieldOutcome {
  return { field, result, code, before, sent };
}
