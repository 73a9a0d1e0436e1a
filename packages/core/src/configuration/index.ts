export { type ClientPaths, clientPaths } from "./client-paths.js";
export {
  type ClientConfiguration,
  clientConfigurationSchema,
  readClientConfiguration,
  resolvePaths,
} from "./client-configuration.js";
export { builtInResources } from "./built-in-resources.js";
export { type ConfigurationProblem, configurationError } from "./configuration-problem.js";
export { createResource } from "./create-resource.js";
export { addResource, removeResource } from "./edit-resources.js";
export { findDefinitionProblems } from "./find-definition-problems.js";
export {
  parseConfiguration,
  type ParseConfigurationOptions,
  readConfiguration,
  type ReadConfigurationOptions,
} from "./read-configuration.js";
export {
  type LocalDefinition,
  localDefinitionSchema,
  type MantidWebDefinition,
  mantidWebDefinitionSchema,
  type PacDefinition,
  pacDefinitionSchema,
  type ResourceDefinition,
  resourceDefinitionSchema,
  resourcesSchema,
} from "./resource-definitions.js";
export { type TomlPath, type TomlPosition, TomlPositions } from "./toml-positions.js";
