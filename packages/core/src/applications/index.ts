export { ApplicationCatalogue, type BrokenApplication } from "./application-catalogue.js";
export type { ApplicationTemplate, ParameterTarget, TemplateParameter } from "./application-template.js";
export { fillForm, type FilledForm, type FormProblem } from "./fill-form.js";
export { prepareApplication } from "./prepare-application.js";
export { encodeFormValues, renderFormSchema } from "./form-schema.js";
