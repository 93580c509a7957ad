"""When things happen at a school: its half-years, and moments in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, time


def moment(day: date, hour: int = 12) -> datetime:
    """A full hour of a day, in UTC."""
    return datetime.combine(day, time(hour), UTC)


def half_year(today: date, offset: int) -> tuple[datetime, datetime]:
    """The half of the year that holds `today`, moved by `steps` halves."""
    halves = today.year * 2 + (today.month > 6) + offset
    start = date(halves // 2, 7 if halves % 2 else 1, 1)
    end = date(halves // 2, 12, 31) if halves % 2 else date(halves // 2, 6, 30)
    return moment(start, 0), datetime.combine(end, time(23, 59, 59), UTC)
