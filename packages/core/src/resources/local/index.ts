export { LocalResource, type LocalResourceOptions } from "./local-resource.js";
