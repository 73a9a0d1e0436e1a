// In `npm test` properties are tried with the same values each time: what passed here passes everywhere.
// `npm run fuzz` looks for new ones.
import * as fc from "fast-check";

fc.configureGlobal({ seed: 1 });
