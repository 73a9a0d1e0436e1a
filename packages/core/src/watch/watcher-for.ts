import type { ComputeResource, Session } from "../resources/compute-resource.js";
import { JobWatcher } from "./job-watcher.js";

const watchers = new WeakMap<ComputeResource, Map<string, JobWatcher>>();

/** The one watcher of this user on this resource object. Another session of the same user is taken up by it when the one in use has ended. */
export function watcherFor(session: Session): JobWatcher {
  const known = findWatcher(session.resource, session.userName);
  if (known !== undefined) {
    known.offer(session);
    return known;
  }
  const ofResource = watchers.get(session.resource) ?? new Map<string, JobWatcher>();
  watchers.set(session.resource, ofResource);
  const watcher = new JobWatcher(session);
  ofResource.set(session.userName, watcher);
  return watcher;
}

/** The watcher that a user has on a resource already, if any. */
export function findWatcher(resource: ComputeResource, userName: string): JobWatcher | undefined {
  return watchers.get(resource)?.get(userName);
}
