"""Tables of any engine: opened through Narwhals, collected when they are few rows, handed back as the same kind.

Known are pandas, Polars (eager and lazy), PyArrow, DuckDB relations, Dask and PySpark. No engine is loaded here
before a table of it was given.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import narwhals as nw
import pandas as pd

from peerkit.errors import LedgerError

if TYPE_CHECKING:
    import pyarrow as pa

Rows: TypeAlias = nw.DataFrame[Any]
AnyFrame: TypeAlias = nw.DataFrame[Any] | nw.LazyFrame[Any]
Fold: TypeAlias = Callable[[pd.DataFrame], pd.DataFrame]
Kind: TypeAlias = Literal["date", "moment", "number", "word", "flag"]

# What a column of each kind takes, in words; a column of nothing but blanks may have any dtype.
WANTED: dict[Kind, str] = {
    "date": "dates without a time zone",
    "moment": "moments with a time zone",
    "number": "numbers",
    "word": "words (str or category)",
    "flag": "True or False",
}

_KNOWN = "pandas, Polars (eager or lazy), PyArrow, DuckDB, Dask or PySpark"


def opened(table: Any, what: str = "commitments") -> AnyFrame:
    """Return a table of any engine as Narwhals knows it.

    Raises:
        LedgerError: If it is no table, or of an engine that is not known here.
    """
    try:
        frame: AnyFrame = nw.from_native(table)
    except TypeError as error:
        msg = f"These {what} are a {type(table).__name__}, which is no table. Give one of {_KNOWN}."
        raise LedgerError(msg) from error
    kind = frame.implementation
    is_known = kind.is_polars() or kind.is_dask() or is_sql(frame)
    if isinstance(frame, nw.LazyFrame) and not is_known:
        msg = f"These {what} are of {kind.value}, which is not known here. Give a table of {_KNOWN}."
        raise LedgerError(msg)
    return nw.from_native(_workable(frame.to_native())) if kind.is_pyarrow() else frame


def _workable(table: pa.Table) -> pa.Table:
    """Return an Arrow table with words that Arrow can group by."""
    import pyarrow as pa

    # Views of texts, which Polars hands over where nothing else is asked for, it cannot even take by place.
    for place, field in enumerate(table.schema):
        if field.type == pa.string_view():
            table = table.set_column(place, field.name, table.column(place).cast(pa.string()))
    # Others only where all pieces of a column number them alike.
    return table.unify_dictionaries()


def fits(dtype: Any, kind: Kind) -> bool:
    """Return whether a column of this dtype, as Narwhals names it, is of a kind."""
    if kind == "number":
        return bool(dtype.is_numeric())
    if kind == "date":
        return dtype == nw.Date or (dtype == nw.Datetime and dtype.time_zone is None)
    if kind == "moment":
        return dtype == nw.Datetime and dtype.time_zone is not None
    return dtype == nw.Boolean if kind == "flag" else dtype in (nw.String, nw.Categorical, nw.Enum)


def checked(table: pd.DataFrame, kinds: Mapping[str, Kind], what: str) -> pd.DataFrame:
    """Return a table whose columns, as far as they are there, are of their kinds; blanks without a dtype get one.

    Raises:
        LedgerError: If a column is of another dtype.
    """
    schema = nw.from_native(table).schema
    blank: dict[Kind, str] = {"date": "datetime64[us]", "moment": "datetime64[us, UTC]", "word": "str"}
    for name, kind in kinds.items():
        # Narwhals does not know the zones whose names have a "_", such as America/New_York.
        is_moment = kind == "moment" and name in schema and isinstance(table[name].dtype, pd.DatetimeTZDtype)
        if name not in schema or is_moment or fits(schema[name], kind):
            continue
        if table[name].dtype != object or not table[name].isna().all():
            msg = f"The column {name} of {what} holds {schema[name]}; it takes {WANTED[kind]}."
            raise LedgerError(msg)
        table = table.astype({name: blank[kind]})
    return table


def is_sql(frame: AnyFrame) -> bool:
    """Return whether its expressions become SQL: DuckDB and Spark."""
    kind = frame.implementation
    return kind.is_duckdb() or kind.is_pyspark() or kind.is_pyspark_connect()


def collected(frame: AnyFrame) -> Rows:
    """Return the rows in memory: this runs the query, once. Polars stays Polars, Dask gives pandas, SQL PyArrow."""
    if isinstance(frame, nw.DataFrame):
        return frame
    try:
        return frame.collect()
    except ModuleNotFoundError as error:
        raise LedgerError(_needs_pyarrow(frame)) from error


def handed_back(rows: Rows, *, like: Any) -> Any:
    """Return rows as the kind of table that was given, on its connection or in its session where it has one."""
    given = opened(like)
    kind = given.implementation
    if kind.is_duckdb():
        return _of_duckdb(rows, given.to_native())
    if kind.is_dask():
        return _of_dask(rows)
    if is_sql(given):
        return _of_spark(rows, given.to_native())
    same = _of_memory(rows, kind)
    return same.lazy().to_native() if isinstance(given, nw.LazyFrame) else same.to_native()


def folded(fold: Fold, table: Any, *, key: str, what: str, reads: Collection[str] | None = None) -> Any:
    """Return what the fold makes of a table that is not pandas, as the same kind.

    The fold is the one for pandas. Dask and Spark run it on each partition once the rows of a key lie in one,
    and stay lazy; all others are collected, and folded in memory at once. `reads` are the columns that it
    takes, where it does not take all: only these are collected.
    """
    given = opened(table, what)
    kind = given.implementation
    columns = given.collect_schema().names()
    if not {key, *(reads or ())} <= set(columns):
        # The fold itself says whether it can do without, of a table without rows as of any other.
        fold(pd.DataFrame(columns=columns))
    if reads is not None:
        given = given.select(*(name for name in columns if name in reads))
    if kind.is_dask():
        native = given.to_native()
        return native.shuffle(key).map_partitions(fold, meta=fold(native._meta))
    if is_sql(given) and not kind.is_duckdb():
        return _folded_by_spark(fold, given.to_native(), key)
    rows: Rows = nw.from_native(_folded_arrow(fold, _arrow_of(given)))
    return handed_back(rows, like=table)


def _of_memory(rows: Rows, kind: nw.Implementation) -> Rows:
    """Return rows of one engine as those of another that keeps them in memory; most often it is the same."""
    if rows.implementation is kind:
        return nw.maybe_reset_index(rows)
    same: Rows = nw.from_arrow(rows.to_arrow(), backend=kind)  # type: ignore[arg-type]
    return same


def _of_duckdb(rows: Rows, given: Any) -> Any:
    # DuckDB finds this table by its name among the variables that stand here; no table of a user's is called so.
    peerkit_rows = rows.to_arrow()  # noqa: F841 read by the query below
    return given.query("peerkit_given", "SELECT * FROM peerkit_rows")


def _of_dask(rows: Rows) -> Any:
    from dask.dataframe import from_pandas

    return from_pandas(nw.maybe_reset_index(rows).to_pandas(), npartitions=1)


def _of_spark(rows: Rows, given: Any) -> Any:
    from pyspark.sql.pandas.types import from_arrow_schema

    table = rows.to_arrow()
    # Else it would take days for moments, and move them by the session's time zone.
    schema = from_arrow_schema(table.schema, prefer_timestamp_ntz=True)
    return given.sparkSession.createDataFrame(table, schema=schema)


def _folded_by_spark(fold: Fold, given: Any, key: str) -> Any:
    import pyarrow as pa
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

    entries = to_arrow_schema(given.schema, timezone="UTC")
    answer = _folded_arrow(fold, entries.empty_table()).schema

    def of_partition(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        if pieces := list(batches):
            yield from _folded_arrow(fold, pa.Table.from_batches(pieces)).cast(answer).to_batches()

    # A key is wholly in one partition; each is folded as pandas would fold all.
    schema = from_arrow_schema(answer, prefer_timestamp_ntz=True)
    return given.repartition(key).mapInArrow(of_partition, schema)


def _arrow_of(frame: AnyFrame) -> pa.Table:
    try:
        if isinstance(frame, nw.LazyFrame):
            return frame.collect("pyarrow").to_native()
        return frame.to_arrow()
    except ModuleNotFoundError as error:
        raise LedgerError(_needs_pyarrow(frame)) from error


def _folded_arrow(fold: Fold, entries: pa.Table) -> pa.Table:
    """Return an Arrow table folded: columns that were given keep their type, new days have that of due_on.

    Words may be numbered where they were not, or otherwise than they were; a column of nothing but blanks that
    had no type has the journal's.
    """
    import pyarrow as pa

    days = {"made_on": "due_on", "first_due_on": "due_on", "latest_due_on": "due_on"}
    frame = pa.Table.from_pandas(fold(_pandas_of(entries)), preserve_index=False)
    given = {field.name: field.type for field in entries.schema}
    fields = []
    for field in frame.schema.remove_metadata():
        kind = given.get(days.get(field.name, field.name), field.type)
        # A column of words keeps the words; how many bits number them is Arrow's own matter.
        is_free = pa.types.is_dictionary(kind) or pa.types.is_null(kind)
        fields.append(field if is_free else pa.field(field.name, kind))
    return frame.replace_schema_metadata().cast(pa.schema(fields))


def _pandas_of(entries: pa.Table) -> pd.DataFrame:
    """Return an Arrow table with the dtypes of the journal: nullable numbers and flags, days as datetime64."""
    import pyarrow as pa

    nullable: dict[Any, Any] = {
        pa.bool_(): pd.BooleanDtype(),
        pa.float64(): pd.Float64Dtype(),
        pa.float32(): pd.Float32Dtype(),
        **{
            pa.type_for_alias(f"int{bits}"): pd.api.types.pandas_dtype(f"Int{bits}")
            for bits in (8, 16, 32, 64)
        },
        **{
            pa.type_for_alias(f"uint{bits}"): pd.api.types.pandas_dtype(f"UInt{bits}")
            for bits in (8, 16, 32, 64)
        },
    }
    frame: pd.DataFrame = entries.to_pandas(types_mapper=nullable.get, date_as_object=False)
    days = [field.name for field in entries.schema if pa.types.is_date(field.type)]
    return frame.astype(dict.fromkeys(days, "datetime64[us]"))


def _needs_pyarrow(frame: AnyFrame) -> str:
    return f"A table of {frame.implementation.value} needs PyArrow to come here. Install it: pip install pyarrow."
