"""Filtered back-projection of one slice with scikit-image: COLUMNS ANGLES. Prints the processor time it took, as JSON."""

import json
import sys
import time

import numpy as np
from skimage.transform import iradon

columns, angles = (int(word) for word in sys.argv[1:])
sinogram = (np.arange(columns * angles).reshape(columns, angles) % 97) / 1000.0
theta = np.arange(angles) * 180.0 / angles
begun = time.process_time()
iradon(sinogram, theta=theta, filter_name="shepp-logan", interpolation="linear", circle=True)
print(json.dumps({"milliseconds": (time.process_time() - begun) * 1000}))
