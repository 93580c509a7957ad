"""Dates of a school: half-years, and times in UTC."""

from datetime import UTC, date, datetime, time


def moment(day: date, hour: int = 12) -> datetime:
    """Return a full hour of a day, in UTC."""
    return datetime.combine(day, time(hour), UTC)


def half_year(today: date, offset: int) -> tuple[datetime, datetime]:
    """Return start and end of the half-year that contains `today`, moved by `offset` halves."""
    halves = today.year * 2 + (today.month > 6) + offset
    start = date(halves // 2, 7 if halves % 2 else 1, 1)
    end = date(halves // 2, 12, 31) if halves % 2 else date(halves // 2, 6, 30)
    return moment(start, 0), datetime.combine(end, time(23, 59, 59), UTC)
