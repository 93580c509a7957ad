"""`python -m lms_gateway` is `lms-gateway`."""

import sys

from lms_gateway.cli import main

if __name__ == "__main__":  # a worker process imports this module under another name
    sys.exit(main())
