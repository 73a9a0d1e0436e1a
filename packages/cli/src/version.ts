/** Kept here and not read from package.json, so that `scarf --version` opens no file; a test compares the two. */
export const version = "0.1.0";
