import type { ComputeResource, RemoteFiles, Session } from "scarf-tomo";

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

/** The object with other properties; what is not replaced works on the object itself, private parts included. */
function override<Target extends object>(target: Target, changes: Partial<Target>): Target {
  return new Proxy(target, {
    get(original, name) {
      const source = Object.hasOwn(changes, name) ? changes : original;
      const value: unknown = Reflect.get(source, name, source);
      return typeof value === "function"
        ? (...args: readonly unknown[]): unknown => Reflect.apply(value, source, args)
        : value;
    },
  });
}
