export {
  checkConfiguration,
  checkConfigurationInput,
  type CheckOptions,
  type GatewayConfiguration,
} from "./configuration/gateway-configuration.js";
export {
  type EnvironmentReport,
  findEnvironmentProblems,
} from "./configuration/find-environment-problems.js";
export type { GatewayConfigurationInput } from "./configuration/gateway-schema.js";
export { type Gateway, startGateway, type StartGatewayOptions } from "./server/start-gateway.js";
export { addUser, checkPassword, listUsers, removeUser, setPassword } from "./users/users.js";
export { gatewayVersion } from "./version.js";
export { backupState, type BackupSummary, restoreState } from "./state/state-backup.js";
export { daysUntil } from "./server/certificate-watch.js";
