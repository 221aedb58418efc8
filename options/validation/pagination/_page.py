@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list, and the size of the whole."""

    items: Sequence[T]
    page: int
    per_page: int
    total: int

    @property
    def pages(self) -> int:
        return ceil(self.total / self.per_page)
