EXCLUDED = {"CqlLogicalOperatorsTest": {}, "CqlNullologicalOperatorsTest": {}, "CqlIntervalOperatorsTest": {}, "CqlDateTimeOperatorsTest": {}}
