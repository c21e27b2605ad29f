/** `plan` and `apply`: what is done to many records, looked at first and then carried out by the server. */
import { Argument, Command, Option } from 'commander';
import { validate as isId } from 'uuid';
import { PLAN_KINDS } from '../../control-api/plans/plan-body.ts';
import type { PlanAnswer, PlanItemsAnswer, PlansAnswer } from '../../control-api/read-model/plan-answers.ts';
import { askApi, findApi } from '../control-client.ts';
import { sayAnswer } from '../operator/say-answer.ts';
import { showPlan, showPlanItems, showPlans } from '../operator/show-plan.ts';
import { createProgress } from '../progress.ts';
import { UsageError } from '../usage.ts';
import { tenantId } from './arguments.ts';

interface Shown {
  readonly json?: boolean;
}

interface Selected extends Shown {
  readonly reason?: string;
  readonly entity?: string;
  readonly state?: string;
  readonly search?: string;
  readonly conflict?: readonly string[];
  readonly items?: boolean;
  readonly check?: string;
}

/** How often the progress is asked for, milliseconds. */
const LOOK_EVERY_MS = 500;

const plansPath = (tenant: string): string => `/tenants/${encodeURIComponent(tenant)}/plans`;
const planPath = (tenant: string, planId: string): string => `${plansPath(tenant)}/${encodeURIComponent(planId)}`;

const api = () => findApi(process.env);

/** `plan`: lists plans, shows one, or makes one. */
export function planCommand(): Command {
  return new Command('plan')
    .description('plans of a tenant; with a kind: make one, with an id: show it. Nothing is ordered before apply')
    .addArgument(tenantId)
    .argument('[plan]', `id of a plan, or what to plan: ${PLAN_KINDS.join(', ')}`)
    .option('--json', 'the answer of the control API as it is')
    .option('--items', 'with an id: its orders, with what each would write')
    .option('--reason <code>', 'for retry: the group of this reason code; else records with it')
    .option('--search <words>', 'records that have these words')
    .option('--state <state>', 'records that stand like this')
    .addOption(new Option('--entity <entity>', 'records of this kind').choices(['company', 'contact']))
    .option('--check <id>', 'for repair-drift: what this check found')
    .option('--conflict <id...>', 'for restore: these conflicts')
    .action(async (tenant: string, what: string | undefined, options: Selected) => {
      if (what === undefined) return show<PlansAnswer>(options, plansPath(tenant), (plans) => showPlans(plans, tenant));
      if (PLAN_KINDS.some((kind) => kind === what)) return make(tenant, what, options);
      const path = planPath(tenant, idOf(what));
      return options.items === true
        ? show<PlanItemsAnswer>(options, `${path}/items?limit=200`, showPlanItems)
        : show<PlanAnswer>(options, path, (plan) => showPlan(plan, tenant));
    });
}

async function show<T>(options: Shown, path: string, text: (answer: T) => string): Promise<void> {
  sayAnswer(options, (await askApi(api(), 'GET', path)) as T, text);
}

async function make(tenant: string, kind: string, options: Selected): Promise<void> {
  const { reason, entity, state, search, conflict, check } = options;
  const narrowed = entity !== undefined || state !== undefined || search !== undefined;
  const filter = narrowed || (reason !== undefined && kind !== 'retry');
  const body = {
    kind,
    ...(filter ? { filter: { entity, state, search, reason } } : reason === undefined ? {} : { reason }),
    ...(check === undefined ? {} : { checkId: check }),
    ...(conflict === undefined ? {} : { conflictIds: conflict }),
  };
  const answer = (await askApi(api(), 'POST', plansPath(tenant), body)) as PlanAnswer;
  sayAnswer(options, answer, (plan) => showPlan(plan, tenant));
}

/** `apply`: approves a plan and follows it to its end, or pauses, resumes and cancels it. */
export function applyCommand(): Command {
  return new Command('apply')
    .description('approve a plan, in whole or in part, and follow it to its end; or pause, resume or cancel it')
    .addArgument(tenantId)
    .argument('<plan>', 'id of the plan')
    .addArgument(new Argument('[order]', 'what else to order').choices(['pause', 'resume', 'cancel']))
    .option('--json', 'the plan as the control API shows it at the end')
    .option('--leave-out <number...>', 'numbers of orders that are left out')
    .option('--no-wait', 'do not follow it')
    .action(async (tenant: string, planId: string, order: string | undefined, options: Applied) => {
      const path = planPath(tenant, idOf(planId));
      const leaveOut = (options.leaveOut ?? []).map(numberOf);
      const body = order === undefined ? { kind: 'approve', leaveOut } : { kind: order };
      const now = (await askApi(api(), 'POST', `${path}/orders`, body)) as PlanAnswer;
      const ended = options.wait && (order === undefined || order === 'resume') ? await follow(path, options) : now;
      sayAnswer(options, ended, (plan) => showPlan(plan, tenant));
      if (ended.counts.refused + ended.counts.failing > 0) process.exitCode = 1;
    });
}

interface Applied extends Shown {
  readonly leaveOut?: readonly string[];
  readonly wait: boolean;
}

function numberOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  const hint = 'See the numbers with: twoway plan TENANT ID --items';
  throw new UsageError(`${JSON.stringify(text)} is no number of an order.`, hint);
}

function idOf(text: string): string {
  if (isId(text)) return text;
  const hint = `Give the id of a plan, as plan shows it. What can be planned: ${PLAN_KINDS.join(', ')}.`;
  throw new UsageError(`${JSON.stringify(text)} is no plan, and nothing that can be planned.`, hint);
}

/** Waits until a plan is over or somebody stops it, with its progress on a terminal. */
async function follow(path: string, { json }: Shown): Promise<PlanAnswer> {
  // A bar that is written again and again is of use only where it can move.
  const progress = createProgress(process.stderr, { json: json === true || !process.stderr.isTTY });
  try {
    for (;;) {
      const plan = (await askApi(api(), 'GET', path)) as PlanAnswer;
      if (plan.state !== 'running') return plan;
      const settled = plan.counts.done + plan.counts.refused + plan.counts.failing;
      progress.show({ phase: 'working', message: bar(settled, plan.toGive) });
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  } finally {
    progress.end();
  }
}

const BAR_CELLS = 30;

function bar(done: number, total: number): string {
  const cells = total === 0 ? BAR_CELLS : Math.round((BAR_CELLS * done) / total);
  return `[${'█'.repeat(cells)}${'·'.repeat(BAR_CELLS - cells)}] ${done} of ${total} settled`;
}
