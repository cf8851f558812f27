"""Airports over REST, as one writes it by hand with FastAPI and SQLAlchemy."""

import os
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Numeric, create_engine, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

engine = create_engine(os.environ["DATABASE"], pool_size=16, max_overflow=24)
sessions = sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class Row(Base):
    __tablename__ = "airport"
    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    iata: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    city: Mapped[str]
    state: Mapped[str] = mapped_column(index=True)
    latitude: Mapped[Decimal] = mapped_column(Numeric(9, 6), index=True)
    longitude: Mapped[Decimal] = mapped_column(Numeric(9, 6), index=True)


class NewAirport(BaseModel):
    iata: str
    name: str
    city: str
    state: str
    latitude: Decimal
    longitude: Decimal


class Airport(NewAirport):
    model_config = ConfigDict(from_attributes=True)
    id: int
    version: int


class Patch(BaseModel):
    iata: str | None = None
    name: str | None = None
    city: str | None = None
    state: str | None = None
    latitude: Decimal | None = None
    longitude: Decimal | None = None


def session() -> Iterator[Session]:
    with sessions() as made:
        yield made


Database = Annotated[Session, Depends(session)]
Base.metadata.create_all(engine)
app = FastAPI()


@app.get("/airports/{airport_id}", response_model=Airport)
def read(airport_id: int, db: Database, response: Response) -> Row:
    row = db.get(Row, airport_id)
    if row is None:
        raise HTTPException(404)
    response.headers["ETag"] = f'"{row.version}"'
    return row


@app.get("/airports", response_model=list[Airport])
def listed(
    db: Database, state: str, latitude_gt: Decimal = Decimal(-90), sort: str = "-latitude", limit: int = 20
) -> list[Row]:
    column = getattr(Row, sort.lstrip("-"))
    order = column.desc() if sort.startswith("-") else column
    query = select(Row).where(Row.state == state, Row.latitude > latitude_gt).order_by(order).limit(limit)
    return list(db.scalars(query))


@app.post("/airports", response_model=Airport, status_code=201)
def create(airport: NewAirport, db: Database) -> Row:
    row = Row(**airport.model_dump())
    db.add(row)
    db.commit()
    return row


@app.patch("/airports/{airport_id}", response_model=Airport)
def change(
    airport_id: int, patch: Patch, db: Database, response: Response, if_match: Annotated[str, Header()]
) -> Row:
    row = db.get(Row, airport_id, with_for_update=True)
    if row is None:
        raise HTTPException(404)
    if if_match != f'"{row.version}"':
        raise HTTPException(412)
    for name, value in patch.model_dump(exclude_unset=True).items():
        setattr(row, name, value)
    row.version += 1
    db.commit()
    response.headers["ETag"] = f'"{row.version}"'
    return row


@app.post("/airports/bulk", status_code=201)
def bulk(airports: list[NewAirport], db: Database) -> int:
    db.execute(insert(Row), [each.model_dump() for each in airports])
    db.commit()
    return len(airports)
