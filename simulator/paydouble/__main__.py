"""python -m paydouble."""

from paydouble.cli.main import main

if __name__ == "__main__":
    main()
