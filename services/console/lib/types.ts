/** Shapes of the control API's answers, from where they are defined. Types only: nothing of the service is bundled. */

export type { PanelAnswer } from '../../control-api/entrance-schemas.ts';
export type { HealthView } from '../../control-api/health.ts';
export type {
  AccountManagersAnswer,
  AuditAnswer,
  ConflictsAnswer,
  FailingAnswer,
  OvernightAnswer,
  OverviewAnswer,
  PreviewAnswer,
  RecordAnswer,
  RecordsAnswer,
  TimelineAnswer,
} from '../../control-api/read-model/answers.ts';
export type {
  DriftAnswer,
  DriftDifferencesAnswer,
} from '../../control-api/read-model/drift-answers.ts';
export type { PlanAnswer, PlanItemsAnswer, PlansAnswer } from '../../control-api/read-model/plan-answers.ts';
export type { AllTrendsAnswer, TrendsAnswer } from '../../control-api/read-model/trends.ts';
export type { SettingOptionView } from '../../control-api/setting-options.ts';
export type {
  ConfigurationsAnswer,
  ConfigurationView,
  StoredAnswer,
  TenantFindings,
} from '../../control-api/tenants/bodies.ts';
export type { MeAnswer, SettingsView, TenantView } from '../../control-api/view-schemas.ts';
