// The usage example of the algorithm's page in Mantid's manual, in TypeScript. As there, both calls are meant to fail.
import { SCARFTomoReconstruction, ValueError } from "scarf-tomo";

const UserName = "foouser";

try {
  await SCARFTomoReconstruction({ UserName, Action: "Login" });
} catch (error) {
  if (!isValueError(error, "PROPERTY_MISSING") || error.context["property"] !== "Password") throw error;
  console.log("ValueError, as expected, because no Password= parameter given");
}

try {
  await SCARFTomoReconstruction({ UserName, Action: "Submit" });
} catch (error) {
  if (!isValueError(error, "NOT_LOGGED_IN")) throw error;
  console.log("ValueError, as expected, as it was not previously logged on");
}

function isValueError(error: unknown, code: ValueError["code"]): error is ValueError {
  return error instanceof ValueError && error.code === code;
}
