/** Values of a form that mean something to a shell, to a script or to a template. */
export const hostileTexts = [
  "a b",
  "it's",
  `"x"`,
  "$HOME `id` $(id)",
  "; touch broken",
  "* ?",
  "-rf",
  "äö 日本",
  "back\\slash",
  "#x",
  "~",
  "a\nb",
  "{{B}}",
];
