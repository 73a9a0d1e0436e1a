import type { TemplateParameter } from "./application-template.js";

/**
 * Fields that every application has without declaring them: those of LSF Application Center's forms that say how the
 * job runs, not what it does. A template that declares one of these ids replaces its label, default and so on.
 */
export const standardParameters: readonly TemplateParameter[] = [
  { id: "JOB_NAME", type: "text", label: "Job name", sets: "name" },
  { id: "OUTPUT_FILE", type: "path", label: "Output file", sets: "outputPath" },
  { id: "ERROR_FILE", type: "path", label: "Error file", sets: "errorPath" },
  { id: "QUEUE", type: "text", label: "Queue", sets: "queue" },
  { id: "RUNLIMITHOUR", type: "number", label: "Run limit, hours", min: 0, sets: "wallTimeHours" },
  { id: "RUNLIMITMINUTE", type: "number", label: "Run limit, minutes", min: 0, sets: "wallTimeMinutes" },
  {
    id: "MIN_NUM_CPU",
    type: "integer",
    label: "Fewest processes",
    min: 1,
    sets: "fewestTasks",
    hidden: true,
  },
  { id: "MAX_NUM_CPU", type: "integer", label: "Processes", min: 1, sets: "tasks" },
  // SCARF's forms and Mantid's job manager spell it so.
  { id: "PROC_PRE_HOST", type: "integer", label: "Processes per host", min: 1, sets: "tasksPerNode" },
  { id: "SPAN", type: "text", label: "Span of hosts", sets: "bsubSpan", hidden: true },
  { id: "EXTRA_PARAMS", type: "text", label: "Further bsub options", sets: "bsubOptions" },
  {
    // pac sends `Y` with every submit unless told otherwise, so it is no wish of the user's: nothing follows from it.
    id: "NOTIFY_ENABLE",
    type: "flag",
    label: "Notification on the portal's page",
    sets: "nothing",
    hidden: true,
  },
];
