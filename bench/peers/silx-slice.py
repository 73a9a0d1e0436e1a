"""Filtered back-projection of one slice with silx on PoCL: COLUMNS ANGLES. Prints the processor time it took, as JSON."""

import json
import sys
import time

import numpy as np
from silx.opencl.backprojection import Backprojection

columns, angles = (int(word) for word in sys.argv[1:])
sinogram = ((np.arange(columns * angles).reshape(angles, columns) % 97) / 1000.0).astype(np.float32)
projector = Backprojection(sinogram.shape, angles=np.arange(angles) * np.pi / angles, devicetype="cpu")
# The first slice compiles the kernels.
projector.filtered_backprojection(sinogram)
begun = time.process_time()
projector.filtered_backprojection(sinogram)
print(json.dumps({"milliseconds": (time.process_time() - begun) * 1000}))
