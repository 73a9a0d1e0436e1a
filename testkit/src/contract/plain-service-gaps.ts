const wholePaths = "a service of IBM's takes files to where no job is by whole paths only";
const plainNames = "a form of IBM's has no words for such a name";
const noOutcomes = "a service of IBM's knows `Exit` and no more";

/** What the contract asks for and the web service can't do without the headers of our gateway. */
export const plainServiceGaps: Readonly<Record<string, string>> = {
  "keeps the files of users apart": wholePaths,
  "stores a file as it was sent, empty and large ones too": wholePaths,
  "stores files under every name that a file can have": wholePaths,
  "replaces a file only when it is told to": wholePaths,
  "keeps nothing of a file whose sending fails": wholePaths,
  "ends an upload in the middle, and keeps nothing of it": wholePaths,
  "lets no path lead out of the user's directory":
    "the refusal of an upload is a text, which names no reason",
  "lays attachments into the job's directory before it starts": plainNames,
  "writes output into the very file that was named, or refuses the name": plainNames,
  "takes attachments with every name that a file can have": plainNames,
  "lists directories below a job's, and every name in them":
    "a service of IBM's lists no directories below a job's",
  "reads the files of a job, below its directory too": plainNames,
  "loses no file whose name can't be written here": "a list of IBM's has no words for such a name",
  "refuses a working directory that is missing or relative": "the job itself finds out, when it begins",
  "names the signal that ended a job": noOutcomes,
  "ends a job whose time is over, and says so": "LSF counts whole minutes, the test has seconds",
  "ends a job that uses more memory than its limit, or refuses the limit": noOutcomes,
};
