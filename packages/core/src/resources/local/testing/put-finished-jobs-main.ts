import { openWorkspace } from "../workspace.js";
import { putFinishedJob } from "./put-finished-jobs.js";

// Arguments: a workspace, how many jobs each, and users. Job `n` of the user at place `u` has the number u · each + n, from 1.
const [path = "", each = "", ...users] = process.argv.slice(2);
const workspace = openWorkspace(path);
users.forEach((user, place) => {
  for (let number = 1; number <= Number(each); number += 1)
    putFinishedJob(workspace, user, place * Number(each) + number, `${user}-job-${number}`);
});
