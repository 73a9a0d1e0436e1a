import type { ComputeResource, RemoteFiles, Session } from "scarf-tomo";
import { override } from "scarf-tomo/testing";

/** The same resource, except that it reads uploads to their end and keeps none: for more bytes than the disk can take. */
export function discardingUploads(resource: ComputeResource): ComputeResource {
  const alter = (session: Session): Session => override(session, { files: discarding(session.files) });
  return override(resource, {
    logIn: async (...args) => alter(await resource.logIn(...args)),
    resume: (saved) => alter(resource.resume(saved)),
  });
}

function discarding(files: RemoteFiles): RemoteFiles {
  return override(files, {
    async write(_directory, name, source) {
      let sizeBytes = 0;
      for await (const chunk of source.read()) sizeBytes += chunk.byteLength;
      return { path: name, sizeBytes };
    },
  });
}
