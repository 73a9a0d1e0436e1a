export { findOutputPath, type JobStream } from "./find-output-path.js";
export { followOutput, type FollowOptions } from "./follow-output.js";
export { JobWatcher, type Subscription } from "./job-watcher.js";
export { readLastLines } from "./read-last-lines.js";
export { waitForJob, type WaitOptions, type WaitResult } from "./wait-for-job.js";
export type { WatchEvent, WatchListener } from "./watch-event.js";
export { findWatcher, watcherFor } from "./watcher-for.js";
