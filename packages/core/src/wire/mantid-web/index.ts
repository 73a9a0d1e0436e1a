export * from "./mantid-date.js";
export * from "./mantid-files.js";
export * from "./mantid-forms.js";
export * from "./mantid-jobs.js";
export * from "./mantid-status.js";
export * from "./service-info.js";
export * from "./small-answers.js";
