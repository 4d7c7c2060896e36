"""Which statements may make others wait."""

_QUIET = """
    SelectStmt InsertStmt UpdateStmt DeleteStmt MergeStmt TransactionStmt VariableSetStmt VariableShowStmt
    DoStmt CallStmt ExplainStmt CopyStmt CreateStmt CreateTableAsStmt CreateSchemaStmt CreateEnumStmt
    CreateSeqStmt CreateExtensionStmt CreateFunctionStmt CreateDomainStmt CompositeTypeStmt CreateRangeStmt
    ViewStmt CommentStmt GrantStmt GrantRoleStmt CreateRoleStmt AlterRoleStmt DropRoleStmt DefineStmt
    CreatedbStmt AlterDefaultPrivilegesStmt PrepareStmt ExecuteStmt DeallocateStmt DeclareCursorStmt FetchStmt
    ClosePortalStmt ListenStmt NotifyStmt UnlistenStmt CheckPointStmt DiscardStmt LoadStmt ReturnStmt
    AlterEnumStmt
"""
QUIET = frozenset(_QUIET.split())
"""They lock nothing that others use, or only rows."""


def may_lock(kind: str) -> bool:
    """By the statement's kind."""
    return bool(kind) and kind not in QUIET
