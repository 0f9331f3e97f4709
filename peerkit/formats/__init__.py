"""Other tools' formats: one file per format, one registry, and what enters and leaves the journal by them.

`registry` knows which formats there are and recognises a file by its content and suffix. A format's module
reads: it turns a `source.Source` into `items.Item`s, and into `Skipped` for what it cannot take, line by
line. It may also write: it turns items into pieces of bytes. `incoming` previews, imports and takes back;
`outgoing` exports. No reader raises anything but a `FormatError`, whatever the bytes are.
"""
