/** Text of `scarf-recon --help`. `docs/guide/recon.md` has the same options, with their reasons. */
export const HELP = `Usage: scarf-recon INPUT [-o DIR] [options]
       scarf-recon inspect INPUT [--json]

Reconstructs a parallel-beam tomography scan: NXtomo or Data Exchange (HDF5), a folder of TIFF or FITS
images (with Flat… and Dark… beside it), a TIFF of several pages, or one sinogram (TIFF).

Input
  --angles FILE|A:B     one angle per line, or equal steps from A, B not included
  --max-angle DEG       equal steps from 0, the last projection at DEG
  --angle-unit deg|rad  in place of the file's
  --flat PATH|none      folder or image of flats       --dark PATH|none   of darks
  --data KIND           counts, transmission or attenuation (-ln already); default: auto
  --entry PATH          NXtomo group, if there are several
  --hdf5-data, --hdf5-image-key, --hdf5-angles PATH    datasets of an unusual file
  --pixel-size SIZE     such as 29um

Preparation
  --centre X|auto       column of the axis, from the centre of column 0; default: auto
  --rows A:B            detector rows A to B-1; default: all
  --outliers COUNTS     replace pixels this far from the median of their neighbours (--outlier-size 3|5)
  --air-region X1,Y1,X2,Y2   divide each projection by the mean of this region
  --rings WIDTH         remove rings narrower than about half of WIDTH columns (try 9)
  --stripes WIDTH       remove rings by sorting: slower, and better on strong ones (try 21)
  --fix-nan             fill NaN and infinite samples from their neighbours

Reconstruction
  --method NAME         gridrec (default), fbp; for few angles: sirt, os-sirt, cgls (--iterations N)
  --window NAME         shepp-logan (default), ramlak, cosine, hamming, hann
  --padding zero|edge   edge if the object is wider than the detector; default: zero
  --circular-mask RATIO|none   default: 1, a circle as wide as the detector
  --per UNIT            attenuation per pixel (default), um, mm, cm or m

Output
  -o, --output DIR      default: the current folder
  --prefix NAME         NAME_00000.tif, NAME.json; default: recon
  --format tiff|h5      one TIFF per slice, or one HDF5 file [z, y, x]; default: tiff
  --type float32|uint16 --limits LOW:HIGH    default: float32
  --picture FILE.png    8-bit picture of one slice (--picture-row N; default: the middle)
  --overwrite           replace existing files
  --json                the record on standard output, nothing else
  -q, --quiet           no progress

Machine
  --workers N           threads; default: all cores
  --memory SIZE         such as 2G (default): most memory to use

  -h, --help   -V, --version

Exit codes: 0 done, 64 wrong command, 65 wrong data, 66 input not readable, 70 fault of this program,
73 output not writable, 130 and 143 stopped by a signal.
`;
