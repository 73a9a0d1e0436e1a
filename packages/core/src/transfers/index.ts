export { bytesSource } from "./bytes-source.js";
export { FileSink } from "./file-sink.js";
export { fileSource } from "./file-source.js";
export {
  type DownloadedFile,
  downloadFrom,
  type DownloadOptions,
  type DownloadOrigin,
  downloadTo,
} from "./download-to.js";
export {
  type DownloadedJobFile,
  type DownloadFailure,
  downloadJobFiles,
  type DownloadJobFilesOptions,
  type DownloadProgress,
  type DownloadReport,
} from "./download-job-files.js";
export { type MeteredProgress, ProgressMeter } from "./progress-meter.js";
export { type Overwrite, removeStaleParts } from "./part-file.js";
export { readChunks } from "./read-chunks.js";
export type { RetryOptions } from "../transports/retry.js";
export { type UploadedFile, uploadFile, type UploadOptions } from "./upload-file.js";
export { writeFileAtomically } from "./write-file-atomically.js";
export {
  type FileToUpload,
  type UploadedOfMany,
  uploadFiles,
  type UploadFilesOptions,
  type UploadFilesProgress,
  type UploadReport,
} from "./upload-files.js";
