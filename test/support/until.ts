export { until } from '../../services/cli/wait.ts';
