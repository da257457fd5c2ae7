"""Everything that a person can get wrong, as exceptions.

UserError                 one line for the person: it names the value and the fix
├── CollectionError       the folder is missing, empty or holds nothing that can be read
├── DocumentError         one file cannot be read; the others go on
│   └── UnknownFormat     no format of ours takes this file
├── IndexFileError        the index on disk
│   ├── IndexMissing      there is none, and none may be made
│   ├── IndexCorrupt      it is damaged, or not ours
│   ├── IndexForeign      this user did not make it, or something else has changed it
│   ├── IndexMismatch     it was made by another encoder or another version
│   ├── IndexLocked       another process is writing it
│   └── StorageError      it cannot be written: disk full, no permission
├── ModelError            a model cannot be loaded, or is not the one that was recorded
├── QuestionError         the question is empty or too long
├── FilterError           a filter that cannot be understood
├── ReceiptError          a saved answer that cannot be read
├── SidecarError          a metadata.csv that cannot be understood
├── ExampleError          questions with answers, to train or measure on, that cannot be used
├── TrainingError         a training run that cannot be begun or gone on with
└── ServerError           the chat page cannot be served, for instance on a port in use

Anything else that is raised is a bug of ours.
"""


class UserError(Exception):
    """A mistake that its message tells how to mend; shown as one line, never as a traceback."""


class CollectionError(UserError):
    """The folder of documents is missing, empty or holds nothing that can be read."""


class DocumentError(UserError):
    """One file cannot be read."""


class UnknownFormat(DocumentError):
    """No format of ours takes this file."""


class IndexFileError(UserError):
    """The index on disk cannot be used as it is."""


class IndexMissing(IndexFileError):
    """There is no index here."""


class IndexCorrupt(IndexFileError):
    """The index file is damaged, or is not an index of ours."""


class IndexForeign(IndexFileError):
    """The index was not made by this user, or something else has changed it since."""


class IndexMismatch(IndexFileError):
    """The index was made by another encoder or another version of the program."""


class IndexLocked(IndexFileError):
    """Another process is writing the index."""


class StorageError(IndexFileError):
    """The index cannot be written: the disk is full, or permission is missing."""


class ModelError(UserError):
    """A model cannot be loaded, or its file is not the one that was recorded."""


class QuestionError(UserError):
    """The question is empty or too long."""


class FilterError(UserError):
    """A filter that cannot be understood."""


class ReceiptError(UserError):
    """A saved answer that cannot be read."""


class SidecarError(UserError):
    """A `metadata.csv` cannot be understood."""


class ExampleError(UserError):
    """Questions with right answers, to train or measure on, that cannot be used."""


class TrainingError(UserError):
    """A training run cannot be begun, or gone on with."""


class ServerError(UserError):
    """The chat page cannot be served."""
