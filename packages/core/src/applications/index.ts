export { ApplicationCatalogue, type BrokenApplication } from "./application-catalogue.js";
export type { ApplicationForm, FormField } from "./application-form.js";
export type {
  ApplicationTemplate,
  ParameterTarget,
  ParameterType,
  TemplateParameter,
} from "./application-template.js";
