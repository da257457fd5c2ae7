"""The errors that a user can fix.

UserError                 one line for the user, with the value and the fix
├── CollectionError       the folder is missing, empty or has no readable document
├── DocumentError         one file cannot be read; reading continues with the others
│   └── UnknownFormat     the file's format is not supported
├── IndexFileError        the index on disk
│   ├── IndexMissing      there is no index, and none may be created
│   ├── IndexCorrupt      it is damaged, or is not an index of this program
│   ├── IndexForeign      this user did not build it, or something else has changed it
│   ├── IndexMismatch     it was built with another encoder or another version
│   ├── IndexLocked       another process is writing it
│   └── StorageError      it cannot be written: disk full, no permission
├── ModelError            a model cannot be loaded, or is not the one that was recorded
├── QuestionError         the question is empty or too long
├── FilterError           a filter cannot be understood
├── ReceiptError          a saved answer cannot be read
├── SidecarError          a metadata.csv cannot be understood
├── ExampleError          questions with answers, for training or evaluation, cannot be used
├── TrainingError         a training run cannot be started or continued
└── ServerError           the chat page cannot be served, for instance because the port is in use

Any other exception is a bug in this program.
"""


class UserError(Exception):
    """An error the user can fix. The message says how; it is printed without a traceback."""


class CollectionError(UserError):
    """The folder of documents is missing, empty or has no readable document."""


class DocumentError(UserError):
    """One file cannot be read."""


class UnknownFormat(DocumentError):
    """The file's format is not supported."""


class IndexFileError(UserError):
    """The index on disk cannot be used as it is."""


class IndexMissing(IndexFileError):
    """There is no index here."""


class IndexCorrupt(IndexFileError):
    """The index file is damaged, or is not an index of this program."""


class IndexForeign(IndexFileError):
    """The index was not made by this user, or something else has changed it since."""


class IndexMismatch(IndexFileError):
    """The index was built with another encoder or another version of the program."""


class IndexLocked(IndexFileError):
    """Another process is writing the index."""


class StorageError(IndexFileError):
    """The index cannot be written: the disk is full, or permission is missing."""


class ModelError(UserError):
    """A model cannot be loaded, or its file is not the one that was recorded."""


class QuestionError(UserError):
    """The question is empty or too long."""


class FilterError(UserError):
    """A filter cannot be understood."""


class ReceiptError(UserError):
    """A saved answer cannot be read."""


class SidecarError(UserError):
    """A `metadata.csv` cannot be understood."""


class ExampleError(UserError):
    """Questions with answers, for training or evaluation, cannot be used."""


class TrainingError(UserError):
    """A training run cannot be started or continued."""


class ServerError(UserError):
    """The chat page cannot be served."""


def why_unread(error: Exception) -> str:
    r"""Why a text file could not be read, in a few words for a person.

    >>> why_unread(FileNotFoundError(2, "No such file or directory"))
    'no such file or directory'
    >>> why_unread(UnicodeDecodeError("utf-8", b"caf\xe9", 3, 4, "unexpected end of data"))
    'it is not UTF-8 text, as byte 4 shows'
    """
    if isinstance(error, UnicodeDecodeError):
        return f"it is not UTF-8 text, as byte {error.start + 1:,} shows"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[:1].lower() + error.strerror[1:]
    return str(error)
